export function minified(code: string, names: object): Promise<string>;
