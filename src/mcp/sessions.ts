import { randomUUID } from 'node:crypto';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createServer } from './server.ts';
import type { ToolContext } from './tool.ts';

interface Session {
  transport: StreamableHTTPServerTransport;
  used_at: number;
}

export interface SessionLimits {
  /** Clients seldom say goodbye: the one that was silent longest makes room for the next. */
  most: number;
  /** After so much silence a session ends, ms. */
  idle_ms: number;
}

/** The clients of a server over HTTP, each with a session of its own. */
export class Sessions {
  readonly #context: ToolContext;
  readonly #limits: SessionLimits;
  readonly #open = new Map<string, Session>();
  readonly #sweep: NodeJS.Timeout;

  constructor(context: ToolContext, limits: SessionLimits = { most: 256, idle_ms: 3_600_000 }) {
    this.#context = context;
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#endIdle(), Math.min(60_000, limits.idle_ms));
    this.#sweep.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** The transport of a session; undefined if there is none (any more). */
  find(id: string): StreamableHTTPServerTransport | undefined {
    const session = this.#open.get(id);
    if (!session) return undefined;
    session.used_at = Date.now();
    return session.transport;
  }

  /** A transport that becomes a session as soon as its client has introduced itself. */
  async begin(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: true,
      onsessioninitialized: (id) => {
        this.#makeRoom();
        this.#open.set(id, { transport, used_at: Date.now() });
      },
    });
    const server = createServer(this.#context);
    server.onclose = () => {
      if (transport.sessionId !== undefined) this.#open.delete(transport.sessionId);
    };
    await server.connect(transport);
    return transport;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#open.values()].map(({ transport }) => transport.close()));
  }

  #makeRoom(): void {
    while (this.#open.size >= this.#limits.most) {
      const [oldest] = [...this.#open].toSorted(([, a], [, b]) => a.used_at - b.used_at);
      if (!oldest) return;
      this.#open.delete(oldest[0]);
      void oldest[1].transport.close();
    }
  }

  #endIdle(): void {
    const before = Date.now() - this.#limits.idle_ms;
    for (const { transport, used_at } of this.#open.values()) if (used_at < before) void transport.close();
  }
}
