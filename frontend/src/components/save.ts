const KEEP_MS = 60_000;

/** Hands a file to the browser, as if a link to it had been clicked. */
export function save(blob: Blob, filename: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
