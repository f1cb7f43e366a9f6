export function writeMan(folder: string): Promise<void>
