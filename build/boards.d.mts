export function indexOf(folder: string): string;
