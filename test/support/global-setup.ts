/** Runs once a test run, before any test file. */
export default function setup(): void {}
