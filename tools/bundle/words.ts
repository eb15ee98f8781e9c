/** What of a configuration decides on its words. */
interface Worded {
  sensors: readonly Record<string, unknown>[];
  discovery?: unknown;
  key?: unknown;
}

/** Words of a configuration that the firmware's tables have entries for: sensor types, steps, derived quantities, discovery, key. */
export function wordsOf({ sensors, discovery, key }: Worded): string[] {
  const members = (value: unknown): string[] =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const words = sensors.flatMap((sensor) => {
    const steps = Object.values((sensor.chain ?? {}) as Record<string, unknown[]>).flat();
    const refinements = ["chain", "derive", "units"].filter((word) => word in sensor);
    return [String(sensor.type), ...refinements, ...members(sensor.derive), ...steps.flatMap(members)];
  });
  return [...new Set([...words, ...(discovery ? ["discovery"] : []), ...(key ? ["key"] : [])])];
}
