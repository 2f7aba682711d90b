import type { Question } from "../../api/studies";
import { Notice } from "../../components/Notice";
import { picturesOf, useKeys, useLoaded } from "./hooks";
import styles from "./Voting.module.css";

interface AskQuestionProps {
  text: string;
  question: Question;
  /** The choice that is being sent. */
  chosen: number | null;
  onChoose: (choice: number) => void;
}

/** A photo and the results between which one chooses. The buttons stay from question to question, and so the focus. */
export function AskQuestion({ text, question, chosen, onChoose }: AskQuestionProps) {
  const { state, retry } = useLoaded(picturesOf(question));
  const choose = (choice: number) => {
    if (state === "loaded" && choice >= 1 && choice <= question.choices.length) onChoose(choice);
  };
  useKeys((key) => choose(Number(key)));
  return (
    <>
      <div className={styles.ask}>
        <h1>{text}</h1>
        <p>
          Wanted: <strong>{question.edit}</strong>
        </p>
      </div>
      {state === "failed" && (
        <Notice
          title="The pictures did not arrive"
          error={new Error("The connection may be away; your votes so far are saved.")}
          onRetry={retry}
        />
      )}
      <div
        className={styles.pictures}
        data-choices={question.choices.length}
        data-shown={state === "loaded" || undefined}
        aria-busy={state === "loading"}
      >
        <figure className={styles.photo}>
          <span className={styles.frame}>
            {state === "loaded" && <img src={question.photo} alt="The original" />}
          </span>
          <figcaption>Original</figcaption>
        </figure>
        {question.choices.map((address, index) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is what one votes for, whatever is shown there
            key={index}
            type="button"
            className={styles.choice}
            aria-label={`Result ${index + 1}`}
            aria-keyshortcuts={`${index + 1}`}
            data-chosen={chosen === index + 1 || undefined}
            // Not disabled: a button that is loses the focus, which is to stay for the next question.
            aria-disabled={state !== "loaded" || undefined}
            onClick={() => choose(index + 1)}
          >
            <span className={styles.frame}>
              {state === "loaded" && <img src={address} alt="" />}
            </span>
            <span className={styles.number} aria-hidden="true">
              {index + 1}
            </span>
          </button>
        ))}
      </div>
    </>
  );
}
