import { Link } from "wouter";
import { type Study, useStudies } from "../../api/studies";
import buttons from "../../components/Button.module.css";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { plural } from "../../components/words";
import styles from "./Study.module.css";
import { StudyChip } from "./StudyChip";

/** All studies, and the way to a new one. */
export default function Studies() {
  const studies = useStudies();
  return (
    <Page
      title="User studies"
      lead="People say blindly which release's result is the best. You get the percent of votes, as in Table 2 of the paper, and how sure it is."
      actions={
        <Link href="/new" className={`${buttons.button} ${buttons.primary}`}>
          New study
        </Link>
      }
    >
      {studies.error && (
        <Notice
          title="The studies could not be read"
          error={studies.error}
          onRetry={() => void studies.refetch()}
        />
      )}
      {studies.isPending && <p className={styles.muted}>Loading…</p>}
      {studies.data?.studies.length === 0 && <Empty />}
      {studies.data && studies.data.studies.length > 0 && (
        <ul className={styles.list}>
          {studies.data.studies.map((study) => (
            <Row key={study.id} study={study} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ study }: { study: Study }) {
  return (
    <li>
      <Link href={`/${study.id}`} className={styles.row}>
        <span className={styles.rowMain}>
          <strong>{study.name}</strong>
          <span className={styles.muted}>
            {study.candidates.map(({ name }) => name).join(" · ")}
          </span>
        </span>
        <span className={styles.rowSide}>
          <StudyChip study={study} />
          <span className={styles.muted}>
            {study.votes > 0
              ? `${plural(study.votes, "vote")} of ${plural(study.voters, "voter")}`
              : "No votes yet"}
          </span>
        </span>
      </Link>
    </li>
  );
}

function Empty() {
  return (
    <div className={styles.empty}>
      <h2>No study yet</h2>
      <p>
        Choose two to four releases, a few edits and some photos. The pictures are made once, then
        you send a link to those who are to vote; they need no account and no key.
      </p>
      <Link href="/new" className={`${buttons.button} ${buttons.plain}`}>
        Set one up
      </Link>
    </div>
  );
}
