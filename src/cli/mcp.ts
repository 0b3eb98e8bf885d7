import { once } from 'node:events';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { readConfig } from '../config.ts';
import { SprouteError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { startHttp } from '../mcp/http.ts';
import { createGuard } from '../mcp/http-guard.ts';
import { serveStdio } from '../mcp/stdio.ts';
import type { ToolContext } from '../mcp/tool.ts';
import { repeated, wholeNumber } from './options.ts';
import { say } from './output.ts';
import { programVersion, withSession } from './session.ts';
import { untilStopped } from './until-stopped.ts';

interface McpOptions {
  http?: boolean;
  host: string;
  port: number;
  allowHost?: string[];
}

/** Agents give up a call after a minute: what takes half of that is an error that says so. */
const answerMs = 30_000;

/** `sproute mcp`: what is known, for agents. */
export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description('serve ontologies and the knowledge base to agents over the Model Context Protocol, read-only')
    .option('--http', 'serve many clients over streamable HTTP instead of one on stdin and stdout')
    .option(
      '--host <address>',
      'with --http: the address to listen on; one that others can reach wants MCP_TOKEN',
      '127.0.0.1',
    )
    .option('--port <n>', 'with --http: the port; 0 for any that is free', wholeNumber(0, 65_535), 7341)
    .option(
      '--allow-host <name>',
      'with --http: another name under which clients reach it, such as that of a proxy; may be repeated',
      repeated,
    )
    .addHelpText(
      'after',
      '\nThe log is on stderr. Over HTTP the bearer token is that of MCP_TOKEN or of the file that MCP_TOKEN_FILE names.\nThe first Ctrl-C lets calls end, the second exits; on stdin a client that goes away ends it.\n\nExamples:\n  sproute mcp\n  sproute mcp --http --port 7341\n  MCP_TOKEN_FILE=/run/secrets/mcp sproute mcp --http --host 0.0.0.0 --allow-host mcp.example.com',
    )
    .action(async (options: McpOptions, command: Command) => {
      if (!options.http) refuseWithoutHttp(command);
      // Before anything is started.
      if (options.http) createGuard(guardOptions(readConfig(), options));
      await withSession(
        async ({ config, db, revive }) => {
          const logger = createLogger({ level: config.log_level });
          const context = {
            db: { ...db, answer_ms: answerMs },
            logger,
            version: programVersion,
            ...(revive && { revive }),
          };
          await untilStopped((signal) =>
            options.http ? serveHttp(context, config, options, signal) : serveStdio(context, signal),
          );
        },
        { pool_max: 8 },
      );
    });
}

async function serveHttp(
  context: ToolContext,
  config: Config,
  options: McpOptions,
  signal: AbortSignal,
): Promise<void> {
  const server = await startHttp(context, { port: options.port, ...guardOptions(config, options) });
  say(
    `Serving at ${server.url}${config.mcp_token === undefined ? ', to everybody on this machine' : ' with the bearer token'}.`,
  );
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
}

function guardOptions({ mcp_token }: Config, { host, allowHost = [] }: McpOptions) {
  return { host, token: mcp_token, allowed_hosts: allowHost };
}

/** An option that would be passed over without a word is a mistake. */
function refuseWithoutHttp(command: Command): void {
  const given = ['host', 'port', 'allowHost'].filter((name) => command.getOptionValueSource(name) === 'cli');
  if (given.length === 0) return;
  throw new SprouteError('USAGE', '--host, --port and --allow-host go with --http.', {
    hint: 'Without --http one client is served on stdin and stdout.',
  });
}
