import type { Format } from "../../api/faces";
import { Button, ButtonLink } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { useObjectUrl } from "./hooks";
import styles from "./Result.module.css";
import type { Editing } from "./useEditing";
import { seconds } from "./words";

interface ResultProps {
  editing: Editing;
  formats: Format[];
  format: Format;
  onFormat: (format: Format) => void;
  filename: string;
}

/** The edit to take home: in which format, from which release, how long it took. */
export function Result({ editing, formats, format, onFormat, filename }: ResultProps) {
  const { result, isWorking } = editing;
  const url = useObjectUrl(result?.image);
  return (
    <section className={styles.result} aria-label="Result">
      <div className={styles.row}>
        {url && !isWorking ? (
          <ButtonLink look="primary" href={url} download={filename}>
            <Icon name="download" />
            Download
          </ButtonLink>
        ) : (
          <Button look="primary" disabled>
            <Icon name="download" />
            Download
          </Button>
        )}
        <label className={styles.format}>
          <span>Format</span>
          <select value={format} onChange={(event) => onFormat(event.target.value as Format)}>
            {formats.map((name) => (
              <option key={name} value={name}>
                {formatLabel(name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p className={styles.meta}>{metaOf(editing)}</p>
    </section>
  );
}

function formatLabel(name: Format): string {
  return name === "webp" ? "WebP" : name.toUpperCase();
}

function metaOf({ result, isWorking, editError, readError, source }: Editing): string {
  if (isWorking) return "Editing…";
  if (result) return `Edited by ${result.release} in ${seconds(result.milliseconds)}`;
  if (editError || readError) return "Nothing to download yet.";
  return source ? "Change something to see the edit." : "Reading the photo…";
}
