import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { logEvent } from '../log.ts';
import { createServer } from './server.ts';
import type { ToolContext } from './tool.ts';

/** Serves one client over stdin and stdout until it goes away or `signal` aborts. stdout carries nothing but the protocol. */
export async function serveStdio(context: ToolContext, signal: AbortSignal): Promise<void> {
  const server = createServer(context);
  const transport = new StdioServerTransport();
  const over = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdout.once('error', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(transport);
  logEvent(context.logger, 'mcp_started', { transport: 'stdio' });
  await over;
  await server.close();
  process.stdin.destroy();
  logEvent(context.logger, 'mcp_stopped', {});
}
