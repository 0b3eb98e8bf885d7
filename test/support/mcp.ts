import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { mainFile } from './cli.ts';

export interface McpChild {
  client: Client;
  pid: number;
  /** What it has written to stderr. */
  stderr(): string;
  /** Resolves when the client has noticed that the server is gone. */
  closed: Promise<void>;
}

/** `sproute mcp` as a child, and a client of the SDK that talks to it. */
export async function startMcpChild(cwd: string, settings: Record<string, string>): Promise<McpChild> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [mainFile, 'mcp'],
    cwd,
    env: { PATH: process.env.PATH ?? '', ...settings },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (part) => {
    stderr += String(part);
  });
  const client = new Client({ name: 'sproute-test', version: '1' });
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  await client.connect(transport);
  // The client checks answers against the output schemas of tools that it has listed.
  await client.listTools();
  return { client, pid: transport.pid ?? 0, stderr: () => stderr, closed };
}

export interface Called {
  isError: boolean;
  text: string;
  answer: Record<string, unknown>;
}

/** Calls a tool. */
export async function callTool(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Called> {
  const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
  const [content] = result.content;
  const text = content?.type === 'text' ? content.text : '';
  return { isError: result.isError === true, text, answer: result.structuredContent ?? {} };
}
