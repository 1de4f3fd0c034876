import type {
  CaseContext,
  CompatListener,
  FailedReply,
  FuzzInput,
  Listener,
  PacketFields,
  Peer,
  PfKeyListener,
  UserNamespacePlace,
  Who,
} from '../case/context.ts';
import type { Exchange } from '../case/exchange.ts';
import { pfKeyMigrate } from '../case/pf-key-request.ts';
import type { Policy } from '../case/policy.ts';
import type { Json, Reply } from '../case/record.ts';
import { XfrmClient } from '../case/xfrm-client.ts';
import type { InterfaceName } from '../kernel/kernel.ts';
import { errnoName } from '../netlink/names.ts';
import { encodePfKeyMigrate, type PfKeyMigrate } from '../netlink/pf-key.ts';
import type { UserMigrate } from '../netlink/xfrm.ts';
import { type XfrmGroup, xfrmGroups } from '../netlink/xfrm-messages.ts';
import { withoutNetAdmin } from './capabilities.ts';
import { CompatSocket } from './compat-listener.ts';
import { counterOf } from './counters.ts';
import { forget } from './crypto.ts';
import { Door } from './door.ts';
import { withFuzzer } from './fuzz.ts';
import { call } from './libc.ts';
import { LinkWatch } from './link-watch.ts';
import { indexOf, Links } from './links.ts';
import { ExtraListener } from './listener.ts';
import { acrossASecond } from './meanwhile.ts';
import { OffloadDevice } from './netdevsim.ts';
import { XfrmTransport } from './netlink-socket.ts';
import { CLONE_NEWNET, NetworkNamespace } from './netns.ts';
import { type Opened, Openings } from './openings.ts';
import { PfKeySocket, sendPfKeyMigrate } from './pf-key-socket.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { SocketPolicy } from './socket-policy.ts';
import { UserNamespace } from './user-namespace.ts';

/** The groups that every case listens to. */
const watched = [
  xfrmGroups.XFRMNLGRP_SA,
  xfrmGroups.XFRMNLGRP_POLICY,
  xfrmGroups.XFRMNLGRP_MIGRATE,
] as const;

/** Each is prepared when it is first needed, for all cases to come. */
const openings = {
  place: once(() => new Openings(watched, { inNewNetns: true })),
  sockets: once(() => new Openings(watched)),
  requests: once(() => new Openings([])),
};

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function transportOf(name: string, { requests, listeners }: Opened): XfrmTransport {
  const byGroup = listeners.map((fd, i) => [watched[i]!, fd] as const);
  return new XfrmTransport(name, requests, byGroup);
}

/** One namespace, made for it, with what is open in it. This thread is in it then. */
class Place {
  readonly name: string;
  readonly netns: NetworkNamespace;
  readonly transport: XfrmTransport;

  constructor(name: string) {
    this.name = name;
    const opened = openings.place().open();
    this.netns = new NetworkNamespace(opened.netns!);
    this.transport = transportOf(name, opened);
  }

  close(): void {
    this.transport.close();
    this.netns.close();
  }
}

/** A case's namespaces and sockets, from before its first request until after its last. */
export class AgentContext implements CaseContext {
  readonly seed: number;
  readonly xfrm: XfrmClient;
  readonly #exchange: Exchange;
  readonly #main = new Place('main');
  readonly #others: Place[] = [];
  readonly #socketPolicies: SocketPolicy[] = [];
  readonly #open: { close(): void }[] = [];
  readonly #drained: XfrmTransport[] = [];
  #senderPort = 40_000;
  /** The kernel gives sockets the id of their process, or one above 0x8000_0000. */
  #listenerPort = 0x7000_0000;
  #offloadDevice: OffloadDevice | null = null;

  constructor(exchange: Exchange, seed: number) {
    this.#exchange = exchange;
    this.seed = seed;
    this.xfrm = new XfrmClient(exchange, this.#main.transport);
  }

  addLink(name: string, kind: string, addresses: readonly string[] = []): number {
    return withLinks((links) => {
      const index = links.add(name, kind);
      links.configure(index, addresses);
      return index;
    });
  }

  addXfrmInterface(name: string, ifId: number, addresses: readonly string[] = []): number {
    return withLinks((links) => {
      const index = links.addXfrmInterface(name, ifId);
      links.configure(index, addresses);
      return index;
    });
  }

  addOffloadDevice(addresses: readonly string[] = []): number {
    this.#offloadDevice = new OffloadDevice();
    const { index } = this.#offloadDevice;
    withLinks((links) => links.configure(index, addresses));
    return index;
  }

  addPeer(addresses: readonly (readonly [string, string])[] = []): Peer {
    const peer = new Place('peer');
    this.#others.push(peer);
    this.#main.netns.enter();
    const name = 'veth0';
    const watch = new LinkWatch();
    this.#closeLater(watch);
    const here = withLinks((links) => {
      const index = links.addVeth(name, peer.netns.fd);
      links.configure(
        index,
        addresses.map(([address]) => address),
      );
      return index;
    });
    peer.netns.enter();
    const there = indexOf(name);
    withLinks((links) =>
      links.configure(
        there,
        addresses.map(([, address]) => address),
      ),
    );
    this.#main.netns.enter();
    // The end that came up last has its carrier from the start.
    watch.awaitCarrier(here);
    const inPeer = <T>(act: () => T): T => {
      peer.netns.enter();
      const result = act();
      this.#main.netns.enter();
      return result;
    };
    /** Makes a socket there, to be closed with the case. */
    const openInPeer = <T extends { close(): void }>(make: () => T): T => {
      const socket = inPeer(make);
      this.#closeLater(socket);
      return socket;
    };
    return {
      xfrm: new XfrmClient(this.#exchange, peer.transport),
      addSender: (address, port) => openInPeer(() => this.#sender(address, port)),
      addReceiver: (address, port) => openInPeer(() => new Receiver(address, port)),
      acceptEspInUdp: (port) => openInPeer(() => new Receiver('0.0.0.0', port)).acceptEsp(),
      congestionMarks: () => inPeer(() => counterOf('IpExt', 'InCEPkts')),
      withFailingAllocation: (nth, ask) => this.#withFailingAllocation(peer, nth, ask),
      ifindex: { here, there },
    };
  }

  #sender(address: string, port: number, packets?: PacketFields): Sender {
    return new Sender(address, port, this.#senderPort++, packets);
  }

  addSender(address: string, port: number, packets?: PacketFields): Sender {
    const sender = this.#sender(address, port, packets);
    this.#closeLater(sender);
    return sender;
  }

  acceptEspInUdp(port: number): void {
    const receiver = new Receiver('0.0.0.0', port);
    this.#closeLater(receiver);
    receiver.acceptEsp();
  }

  forget(algorithms: 'aes-gcm' | 'aes-cbc'): void {
    forget(algorithms);
  }

  addSocketPolicy(policy: Policy): void {
    this.#socketPolicies.push(new SocketPolicy(policy));
  }

  withoutNetAdmin(use: (xfrm: XfrmClient) => Reply): Reply {
    return withoutNetAdmin(() => {
      const transport = transportOf('main', openings.requests().open());
      try {
        return use(new XfrmClient(this.#exchange, transport));
      } finally {
        transport.close();
      }
    });
  }

  addListener(receiveBuffer?: number): Listener {
    const group = xfrmGroups.XFRMNLGRP_MIGRATE;
    const portid = this.#listenerPort++;
    const listener = new ExtraListener('main', this.#exchange, group, { portid, receiveBuffer });
    this.#closeLater(listener);
    return listener;
  }

  addListenerOf32Bits(): CompatListener {
    const listener = new CompatSocket(xfrmGroups.XFRMNLGRP_MIGRATE);
    this.#closeLater(listener);
    return listener;
  }

  listenTo(group: XfrmGroup): void {
    this.#main.transport.listen(xfrmGroups[group]);
  }

  stopListening(): void {
    this.#main.transport.stopListening();
  }

  between(opener: Who, sender: Who): XfrmClient {
    const needed = [opener, sender].some((who) => who.endsWith('user-namespace'));
    const inside = needed ? new UserNamespace({ withNetns: false }) : null;
    if (inside) this.#closeLater(inside);
    return this.#through(Door.between('main', opener, sender, inside));
  }

  addUserNamespace(): UserNamespacePlace {
    const inside = new UserNamespace({ withNetns: true });
    this.#closeLater(inside);
    call('setns', inside.netns!, CLONE_NEWNET);
    const transport = transportOf('user', openings.sockets().open());
    this.#closeLater(transport);
    this.#drained.push(transport);
    this.#main.netns.enter();
    const between = (opener: Who, sender: Who, netns: 'user' | 'main') => {
      // A socket that the agent opens belongs to the namespace that it is in.
      if (netns === 'user') call('setns', inside.netns!, CLONE_NEWNET);
      try {
        return this.#through(Door.between(netns, opener, sender, inside));
      } finally {
        this.#main.netns.enter();
      }
    };
    return {
      xfrm: new XfrmClient(this.#exchange, transport),
      between: (opener, sender) => between(opener, sender, 'user'),
      betweenInMain: (opener, sender) => between(opener, sender, 'main'),
    };
  }

  of32Bits(): XfrmClient {
    return this.#through(Door.of32Bits('main'));
  }

  withFailingAllocation(nth: number, ask: (xfrm: XfrmClient) => Reply): FailedReply {
    return this.#withFailingAllocation(this.#main, nth, ask);
  }

  #withFailingAllocation(
    { name, netns }: Place,
    nth: number,
    ask: (xfrm: XfrmClient) => Reply,
  ): FailedReply {
    const shortage = { nth, failed: false };
    netns.enter();
    const door = Door.withFailingAllocation(name, shortage);
    this.#main.netns.enter();
    return { reply: this.#askThrough(door, ask), failed: shortage.failed };
  }

  atOnce(first: () => Reply, second: (xfrm: XfrmClient) => Reply) {
    const outcome = { missed: false };
    let reply: Reply | null = null;
    const act = () => {
      reply = first();
    };
    const answered = this.#askThrough(Door.inTheMiddle('main', act, outcome), second);
    return { first: reply!, second: answered, ...outcome };
  }

  acrossASecond<T>(begin: () => void, act: () => T): { result: T; missed: boolean } {
    return acrossASecond(begin, act);
  }

  #askThrough(door: Door, ask: (xfrm: XfrmClient) => Reply): Reply {
    try {
      return ask(new XfrmClient(this.#exchange, door));
    } finally {
      door.close();
    }
  }

  #through(door: Door): XfrmClient {
    this.#closeLater(door);
    return new XfrmClient(this.#exchange, door);
  }

  #closeLater(open: { close(): void }): void {
    this.#open.push(open);
  }

  pfKeyMigrate(policy: Policy, entries: readonly UserMigrate[]): Reply {
    return this.sendPfKey(pfKeyMigrate(policy, entries));
  }

  sendPfKey(request: PfKeyMigrate): Reply {
    const errno = sendPfKeyMigrate(encodePfKeyMigrate(request));
    return { errno: errno === null ? 'no reply' : errnoName(errno), extack: null };
  }

  addPfKeyListener(): PfKeyListener {
    const listener = new PfKeySocket();
    this.#closeLater(listener);
    return listener;
  }

  fuzz(kind: InterfaceName, input: FuzzInput): Json {
    // The listeners of the case would overflow; the fuzzer has its own.
    this.stopListening();
    const report = withFuzzer(kind, (fuzzer) => {
      if ('bytes' in input) return fuzzer.replay(input.bytes);
      if ('leaks' in input) return fuzzer.leaks(input.seed, 1000, input.leaks);
      const { seed, from = 0, count } = input;
      return fuzzer.run(seed ?? this.seed, { from, count, logEach: seed !== undefined });
    });
    return report as unknown as Json;
  }

  /** Records what the listeners still hold and drops the namespaces. */
  close(): void {
    this.#offloadDevice?.close();
    for (const socket of this.#socketPolicies) socket.close();
    for (const transport of this.#drained) this.#exchange.drain(transport);
    for (const each of this.#open.reverse()) each.close();
    for (const place of [this.#main, ...this.#others]) {
      this.#exchange.drain(place.transport);
      place.close();
    }
  }
}

function withLinks<T>(use: (links: Links) => T): T {
  const links = new Links();
  try {
    return use(links);
  } finally {
    links.close();
  }
}
