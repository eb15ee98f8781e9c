export function onDemand(code: string, minified: string, names: Record<string, string> | undefined): string;
export const TABLES: readonly string[];
