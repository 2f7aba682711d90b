import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { JobDetail } from "../../api/jobs";
import { onKeyChange, readKey } from "../../api/key";
import { save } from "../../api/save";
import { Button, ButtonLink } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { size } from "./pile";

interface DownloadAllProps {
  job: JobDetail;
  url: string;
  look: "primary" | "plain";
}

/** Everything as a zip. A link does it, unless a key has to be shown, which a link cannot. */
export function DownloadAll({ job, url, look }: DownloadAllProps) {
  const key = useSyncExternalStore(onKeyChange, readKey);
  const name = `edited-${job.id.slice(0, 8)}.zip`;
  if (key) return <WithKey url={url} name={name} look={look} />;
  return (
    <ButtonLink look={look} href={url} download={name}>
      <Icon name="download" />
      Download all
    </ButtonLink>
  );
}

function WithKey({ url, name, look }: { url: string; name: string; look: "primary" | "plain" }) {
  const [bytes, setBytes] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);
  const { signal } = leaving.current;
  const begin = async () => {
    setError(null);
    setBytes(0);
    try {
      await save(url, name, setBytes, signal);
    } catch (cause) {
      if (!signal.aborted) setError(cause as Error);
    }
    setBytes(null);
  };
  return (
    <>
      <Button look={look} disabled={bytes !== null} onClick={() => void begin()}>
        <Icon name="download" />
        {bytes === null ? "Download all" : `Saving… ${size(bytes)}`}
      </Button>
      {error && <Notice title="It could not be saved" error={error} onRetry={() => void begin()} />}
    </>
  );
}
