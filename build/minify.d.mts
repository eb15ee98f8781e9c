export const INNER: RegExp;
export function minified(code: string, names: object): Promise<string>;
export function topLevelNames(code: string): Record<string, string>;
