import { createServer, type Socket } from 'node:net';

export interface OneConnection {
  /** Stays pending when nobody comes. */
  readonly connected: Promise<Socket>;
  close(): void;
}

/** Listens on a UNIX socket for the one program that is told its path. */
export async function listenForOne(path: string): Promise<OneConnection> {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => {
    server.once('connection', (socket) => {
      socket.on('error', () => undefined);
      server.close();
      resolve(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { connected, close: () => server.close() };
}
