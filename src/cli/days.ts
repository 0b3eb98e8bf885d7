/** The first instant of a UTC day or month, such as 2026-11. */
export function startOf(day: string | undefined): Date | undefined {
  return day === undefined ? undefined : new Date(`${day.length === 7 ? `${day}-01` : day}T00:00:00Z`);
}

/** The first instant after it. */
export function endOf(day: string | undefined): Date | undefined {
  const end = startOf(day);
  if (day?.length === 7) end?.setUTCMonth(end.getUTCMonth() + 1);
  else end?.setUTCDate(end.getUTCDate() + 1);
  return end;
}
