import { useEffect, useState } from "react";
import { codeOf } from "../../api/errors";
import { useBallot, useVoting } from "../../api/studies";
import { Button } from "../../components/Button";
import { Live } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { AskQuestion } from "./AskQuestion";
import { useFetchedAhead, useKeys } from "./hooks";
import styles from "./Voting.module.css";
import { voterOf } from "./voter";
import { keysText, progressText, questionText } from "./words";

/** The voters' page: one question at a time, by click or key, until all are answered. */
export default function Voting({ token }: { token: string }) {
  const voter = useVoter(token);
  const ballot = useBallot(token, voter);
  const { cast, undo } = useVoting(token, voter);
  const [question, following] = ballot.data?.upcoming ?? [];
  const isBusy = cast.isPending || undo.isPending;
  useFetchedAhead(following);

  const vote = (choice: number) => {
    if (!question || isBusy) return;
    undo.reset();
    cast.mutate({ question: question.number, choice });
  };
  const takeBack = () => {
    const last = ballot.data?.last;
    if (typeof last !== "number" || isBusy) return;
    cast.reset();
    undo.mutate(last);
  };
  useKeys((key) => {
    if (key === "z" || key === "Backspace") takeBack();
  });

  if (ballot.error) {
    const isWaiting = codeOf(ballot.error) === "study_not_ready";
    return (
      <div className={styles.message}>
        <h1>User study</h1>
        <Notice
          title={isWaiting ? "This study is being prepared" : "This study cannot be shown"}
          error={ballot.error}
          onRetry={() => void ballot.refetch()}
        />
      </div>
    );
  }
  if (!ballot.data) return <p className={styles.loading}>Loading…</p>;

  const { data } = ballot;
  const failed = cast.error ?? undo.error;
  return (
    <div className={styles.voting}>
      <Live message={questionText(data)} />
      <div className={styles.bar}>
        <progress
          className={styles.progress}
          value={data.voted}
          max={Math.max(1, data.total)}
          aria-label="Answered"
        />
        <span className={styles.count}>{progressText(data)}</span>
        <Button look="quiet" onClick={takeBack} disabled={data.last === null} aria-keyshortcuts="z">
          <Icon name="undo" />
          Undo last vote
        </Button>
      </div>
      {failed && (
        <Notice
          title={
            cast.error ? "Your vote was not saved. Vote again" : "Your vote was not taken back"
          }
          error={failed}
        />
      )}
      {question ? (
        <>
          <AskQuestion
            text={data.question}
            question={question}
            chosen={cast.isPending ? cast.variables.choice : null}
            onChoose={vote}
          />
          <p className={styles.hint}>
            <span className={styles.keys}>
              Keys <kbd>{keysText(question.choices.length)}</kbd> vote, <kbd>Z</kbd> takes the last
              vote back.{" "}
            </span>
            You can stop at any time: this address goes on where you were.
          </p>
        </>
      ) : (
        <Done total={data.total} />
      )}
    </div>
  );
}

function Done({ total }: { total: number }) {
  return (
    <div className={styles.done}>
      <h1>Thank you</h1>
      <p>
        {total > 0
          ? "All your answers are saved. You can close this page."
          : "There is nothing to vote on in this study."}
      </p>
    </div>
  );
}

/** The voter's id, which is then in the address as well, so that the address can be opened elsewhere. */
function useVoter(token: string): string {
  const [voter] = useState(() => voterOf(token, window.location.search));
  useEffect(() => {
    const address = new URL(window.location.href);
    if (address.searchParams.get("voter") === voter) return;
    address.searchParams.set("voter", voter);
    window.history.replaceState(window.history.state, "", address);
  }, [voter]);
  return voter;
}
