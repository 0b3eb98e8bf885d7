export type Level = 'MAJOR' | 'MINOR' | 'PATCH' | 'NONE';

/** Orders versions MAJOR.MINOR.PATCH by number: 1.9.0 before 1.10.0. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** The version that follows after a change of this level. */
export function versionAfter(version: string, level: Level): string {
  const [major, minor, patch] = numbersOf(version);
  if (level === 'MAJOR') return `${major + 1}.0.0`;
  if (level === 'MINOR') return `${major}.${minor + 1}.0`;
  return level === 'PATCH' ? `${major}.${minor}.${patch + 1}` : version;
}

function numbersOf(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return [major, minor, patch];
}
