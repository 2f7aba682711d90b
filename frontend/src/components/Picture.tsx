import { useObjectUrl } from "./useObjectUrl";

/** A picture that was fetched with the key; nothing until it is there. */
export function Picture({
  blob,
  alt,
  className,
}: {
  blob: Blob | null | undefined;
  alt: string;
  className?: string | undefined;
}) {
  const url = useObjectUrl(blob);
  return url ? <img className={className} src={url} alt={alt} decoding="async" /> : null;
}
