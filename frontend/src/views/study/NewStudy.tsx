import { type FormEvent, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { whyNotReady } from "../../api/photos";
import { type DomainStatus, useDomains } from "../../api/releases";
import { type Change, useCreateStudy } from "../../api/studies";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Page, Section } from "../../components/Page";
import { Segmented } from "../../components/Segmented";
import { capital } from "../../components/words";
import { CandidateChoice } from "./CandidateChoice";
import { EditChoice } from "./EditChoice";
import { editOptions } from "./edits";
import { PhotoChoice } from "./PhotoChoice";
import styles from "./Study.module.css";
import { workText } from "./words";

const QUESTION = "Which picture is the best result?";

/** The form that sets up a study, in the order in which one thinks of it. */
export default function NewStudy() {
  const domains = useDomains();
  const [shown, setShown] = useState<DomainStatus>();
  const usable = domains.data?.filter(({ ready }) => ready) ?? [];
  // Once it is shown it stays, with all that is filled in: a service that starts anew is not ready for a while.
  const domain = usable.find(({ name }) => name === (shown?.name ?? "faces")) ?? shown ?? usable[0];
  if (domain !== shown) setShown(domain);
  return (
    <Page title="New study" above={<Link href="/">← User studies</Link>}>
      {domains.error && (
        <Notice
          title="What can be studied could not be read"
          error={domains.error}
          onRetry={() => void domains.refetch()}
        />
      )}
      {domains.isPending && <p className={styles.muted}>Loading…</p>}
      {domains.data && !domain && (
        <Notice title="There is nothing to compare yet" error={whyNotReady(domains.data)} />
      )}
      {usable.length > 1 && domain && (
        <div className={styles.domain}>
          <Segmented<string>
            legend="What the photos show"
            options={usable.map(({ name }) => ({ value: name, label: capital(name) }))}
            value={domain.name}
            onChange={(name) => setShown(usable.find((each) => each.name === name))}
          />
        </div>
      )}
      {domain && <Form key={domain.name} domain={domain} />}
    </Page>
  );
}

/** A domain's own choices; another domain begins anew. */
function Form({ domain }: { domain: DomainStatus }) {
  const [name, setName] = useState("");
  const [question, setQuestion] = useState(QUESTION);
  const [candidates, setCandidates] = useState<string[]>([]);
  const [edits, setEdits] = useState<Change[]>([]);
  const [photos, setPhotos] = useState<File[]>([]);
  const [aligned, setAligned] = useState(false);
  const [missing, setMissing] = useState<string | null>(null);
  // The same object until something is changed, so that a second attempt is known to be one.
  const wanted = useMemo(
    () => ({ name, question, domain: domain.name, candidates, edits, photos, aligned }),
    [name, question, domain.name, candidates, edits, photos, aligned],
  );
  const create = useCreateStudy();
  const [, navigate] = useLocation();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const lacks = whatLacks(candidates.length, edits.length, photos.length);
    setMissing(lacks);
    if (lacks) return;
    create.mutate(wanted, { onSuccess: (study) => navigate(`/${study.id}`) });
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      <Section title="What is asked">
        <div className={styles.fields}>
          <Field
            label="Name"
            value={name}
            onChange={setName}
            hint="For you; voters do not see it."
            placeholder="Old against new"
            maxLength={100}
            required
          />
          <Field
            label="Question for voters"
            value={question}
            onChange={setQuestion}
            hint="The same for all photos."
            maxLength={300}
            required
          />
        </div>
      </Section>
      <CandidateChoice domain={domain.name} chosen={candidates} onChoose={setCandidates} />
      <EditChoice options={editOptions(domain)} chosen={edits} onChoose={setEdits} />
      <PhotoChoice photos={photos} onPhotos={setPhotos}>
        {domain.aligns && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={aligned}
              onChange={(event) => setAligned(event.target.checked)}
            />
            Framed like portraits already: look for no faces
          </label>
        )}
      </PhotoChoice>
      {missing && (
        <p className={styles.missing} role="alert">
          {missing}
        </p>
      )}
      {create.error && <Notice title="The study was not made" error={create.error} />}
      <div className={styles.submit}>
        <p className={styles.muted}>{workText(photos.length, edits.length, candidates.length)}</p>
        <Button look="primary" type="submit" disabled={create.isPending}>
          {create.isPending ? "Sending the photos…" : "Prepare the study"}
        </Button>
      </div>
    </form>
  );
}

function whatLacks(candidates: number, edits: number, photos: number): string | null {
  if (candidates < 2) return "Choose at least two releases to compare.";
  if (edits === 0) return "Choose at least one edit.";
  return photos === 0 ? "Add some photos, or a zip of them." : null;
}
