import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { SprouteError } from '../errors.ts';

/** Who may talk to the server. */
export interface GuardOptions {
  /** What it listens on. */
  host: string;
  /** Undefined: everybody on this machine. */
  token: string | undefined;
  /** Names under which it is reached besides its own, such as that of a proxy. */
  allowed_hosts: readonly string[];
}

export interface Refusal {
  status: 401 | 403;
  reason: string;
  headers?: Record<string, string>;
}

/** Looks at a request before anything of it is read; undefined: it may come in. */
export type Guard = (request: IncomingMessage) => Refusal | undefined;

/** Throws CONFIG_INVALID for a server that others can reach and anybody could use. */
export function createGuard({ host, token, allowed_hosts }: GuardOptions): Guard {
  if (token === undefined && !isLoopback(host)) {
    throw new SprouteError('CONFIG_INVALID', `Others can reach ${host}, and there is no MCP_TOKEN.`, {
      hint: 'Set MCP_TOKEN, or MCP_TOKEN_FILE with a file that holds it (`openssl rand -hex 32` makes one); or listen on 127.0.0.1.',
    });
  }
  const hosts = new Set([...loopbackNames, ...ownNames(host), ...allowed_hosts].map((name) => name.toLowerCase()));
  const expected = token === undefined ? undefined : digest(token);
  return ({ headers }) => {
    // A page on the web may make a browser call us by a name that it lets point here; it cannot make it lie about the name.
    if (!hosts.has(hostOf(`http://${headers.host}`))) {
      return { status: 403, reason: 'The Host header names another server. --allow-host <name> admits a name.' };
    }
    const { origin } = headers;
    if (origin !== undefined && !hosts.has(hostOf(origin))) {
      return { status: 403, reason: 'The Origin header names another site. --allow-host <name> admits it.' };
    }
    if (expected === undefined) return undefined;
    const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    // Hashes are of one length, and their comparison takes the same time wherever they differ.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined;
    const reason =
      given === undefined
        ? 'Send Authorization: Bearer <MCP_TOKEN>.'
        : 'The bearer token is not the one of this server.';
    return { status: 401, reason, headers: { 'WWW-Authenticate': 'Bearer realm="sproute"' } };
  };
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** As URLs write a host. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ownNames(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [urlHost(host)];
  const addresses = Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address }) => urlHost(address)),
  );
  return [...addresses, hostname()];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
