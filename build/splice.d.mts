export function spliced(code: string): string;
