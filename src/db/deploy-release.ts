import { compareVersions } from '../contracts/version.ts';
import { SprouteError } from '../errors.ts';

/**
 * Procedures carry no number, so an older program would take newer ones for changed ones and put its own in their
 * place. Throws DATABASE_NEWER if a newer version deployed here. What is no MAJOR.MINOR.PATCH is neither older nor newer.
 */
export function refuseOlderProgram(releases: readonly string[], program_version: string): void {
  if (!isVersion(program_version)) return;
  const newest = releases.filter(isVersion).sort(compareVersions).at(-1);
  if (newest === undefined || compareVersions(newest, program_version) <= 0) return;
  throw new SprouteError(
    'DATABASE_NEWER',
    `The database was deployed by sproute ${newest}, and this is sproute ${program_version}.`,
    { hint: 'Update this program: an older one would put older procedures in place of newer ones.' },
  );
}

function isVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(text);
}
