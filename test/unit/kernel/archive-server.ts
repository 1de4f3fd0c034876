import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The archive that make-archive.ts made. */
const archiveDir = fileURLToPath(new URL('data/archive', import.meta.url));
const keyring = `${archiveDir}/keyring.gpg`;
const suites = ['trixie-backports'];

/** Answers some requests itself: returns true when it has. */
export type Override = (path: string, response: ServerResponse) => boolean;

/** Serves the archive on this machine. */
export async function serveArchive(override: Override = () => false) {
  const requests: string[] = [];
  const answer = { override };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    requests.push(path);
    if (answer.override(path, response)) return;
    const file = archiveDir + path;
    if (!existsSync(file) || path.includes('..')) {
      response.writeHead(404).end('not here');
      return;
    }
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    options: { mirror: `http://127.0.0.1:${port}/`, keyring, suites },
    /** Paths in the order they were asked for. */
    requests,
    answer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a login page of a hotel answers to everything. */
export const loginPage: Override = (_path, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<!DOCTYPE html><html><body>Welcome! Please log in.</body></html>\n');
  return true;
};
