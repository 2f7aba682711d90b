import { useMutation } from "@tanstack/react-query";
import { getBlob } from "../../api/client";
import { type Study, useResults } from "../../api/studies";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { save } from "../../components/save";
import { plural } from "../../components/words";
import { ResultsTable } from "./ResultsTable";
import styles from "./Study.module.css";
import { VoteChart } from "./VoteChart";

/** What the votes say so far: a chart of all, and the table as in the paper. */
export default function ResultsPanel({ study }: { study: Study }) {
  const results = useResults(study.id, study.votes);
  const { data } = results;
  return (
    <Section
      title="Results"
      note={
        data && (
          <>
            {plural(data.overall.votes, "vote")} of {plural(data.overall.voters, "voter")},{" "}
            {data.finished} finished
          </>
        )
      }
      actions={
        <>
          <Download id={study.id} what="results" label="Results as CSV" />
          <Download id={study.id} what="votes" label="Every vote as CSV" />
        </>
      }
    >
      {results.error && (
        <Notice
          title="The results could not be read"
          error={results.error}
          onRetry={() => void results.refetch()}
        />
      )}
      {!data && !results.error && <p className={styles.muted}>Loading…</p>}
      {data?.overall.votes === 0 && (
        <p className={styles.muted}>Nobody has voted yet. Results appear here as votes come in.</p>
      )}
      {data && data.overall.votes > 0 && (
        <>
          <VoteChart tally={data.overall} />
          <ResultsTable results={data} />
          <p className={styles.note}>
            Percent of votes, with 95 % intervals (Wilson) of as many votes as they are worth: those
            of one voter resemble one another.{" "}
            {data.overall.voters < FEW_VOTERS &&
              "With so few voters that is itself hardly known; take the intervals as too narrow."}
          </p>
        </>
      )}
    </Section>
  );
}

const FEW_VOTERS = 5;

/** By fetch rather than by a link, because a key may be needed. */
function Download({ id, what, label }: { id: string; what: "results" | "votes"; label: string }) {
  const download = useMutation({
    networkMode: "always",
    mutationFn: () => getBlob(`/v1/studies/${id}/${what}.csv`),
    onSuccess: (blob) => save(blob, `study-${id.slice(0, 8)}-${what}.csv`),
  });
  return (
    <>
      <Button disabled={download.isPending} onClick={() => download.mutate()}>
        <Icon name="download" />
        {label}
      </Button>
      {download.error && <Notice title="The table did not arrive" error={download.error} />}
    </>
  );
}
