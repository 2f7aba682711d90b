import type { useMutation } from "@tanstack/react-query";
import type { Domain, Format } from "../../api/photos";
import { Button } from "../../components/Button";
import { SelectField } from "../../components/Field";
import { Live } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import styles from "./Result.module.css";
import type { Editing } from "./useEditing";
import { releaseName, seconds } from "./words";

interface ResultProps {
  editing: Editing;
  domain: Domain | undefined;
  formats: Format[];
  format: Format;
  onFormat: (format: Format) => void;
  filename: string;
  download: ReturnType<typeof useMutation<void, Error, string>>;
}

/** The edit to take home, at the photo's own size: in which format, from which release, how long it took. */
export function Result(props: ResultProps) {
  const { editing, domain, formats, format, onFormat, filename, download } = props;
  const isThere = Boolean(editing.result) && !editing.isWorking;
  return (
    <section className={styles.result} aria-label="Result">
      {download.error && (
        <Notice
          title="The photo was not saved"
          error={download.error}
          onRetry={() => download.mutate(filename)}
        />
      )}
      <div className={styles.row}>
        <Button
          look="primary"
          disabled={!isThere}
          aria-disabled={download.isPending || undefined}
          onClick={() => download.isPending || download.mutate(filename)}
        >
          <Icon name="download" />
          {download.isPending ? "Making it at full size…" : "Download"}
        </Button>
        <SelectField
          label="Format"
          quiet
          value={format}
          options={formats.map((name) => ({ value: name, label: formatLabel(name) }))}
          onChange={onFormat}
        />
      </div>
      <p className={styles.meta}>{metaOf(editing, domain)}</p>
      <Live message={download.isSuccess ? "The photo is saved." : ""} />
    </section>
  );
}

function formatLabel(name: Format): string {
  return name === "webp" ? "WebP" : name.toUpperCase();
}

function metaOf(editing: Editing, domain: Domain | undefined): string {
  const { result, isWorking, editError, readError, source } = editing;
  const serving = domain ? ` ${releaseName(domain)}` : "";
  if (isWorking && !result) return "Editing…";
  if (result) return `Edited by ${result.release} in ${seconds(result.milliseconds)}`;
  if (editError || readError) return `Nothing to download yet.${serving}`;
  return source ? `Change something to see the edit.${serving}` : "Reading the photo…";
}
