/** Files behind an API key, onto the disk: straight there where the browser can, else by way of its memory. */
import { save as hand } from "../components/save";
import { send } from "./client";

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/**
 * Saves what is at an address. Large files need the picker, which has to be opened by a click; whoever closes it has
 * changed their mind, and nothing is saved.
 */
export async function save(
  address: string,
  name: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { showSaveFilePicker } = window as { showSaveFilePicker?: Picker };
  if (!showSaveFilePicker) {
    const response = await send(address, { signal });
    return hand(await new Response(counted(response, onBytes)).blob(), name);
  }
  const handle = await showSaveFilePicker({ suggestedName: name }).catch((cause: Error) => {
    if (cause.name === "AbortError") return null;
    throw cause;
  });
  if (!handle) return;
  const response = await send(address, { signal });
  await counted(response, onBytes)?.pipeTo(await handle.createWritable(), { signal });
}

function counted({ body }: Response, onBytes: (bytes: number) => void) {
  let bytes = 0;
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(part, controller) {
      bytes += part.byteLength;
      onBytes(bytes);
      controller.enqueue(part);
    },
  });
  return body?.pipeThrough(counting) ?? null;
}
