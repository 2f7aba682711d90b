import type { UseQueryResult } from "@tanstack/react-query";
import type { Domain, Edit } from "../../api/photos";
import { Button } from "../../components/Button";
import { Live } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { save } from "../../components/save";
import { useObjectUrl } from "../../components/useObjectUrl";
import { useSettled } from "../edit/hooks";
import { framing, releaseName, seconds } from "../edit/words";
import styles from "./DrawView.module.css";

interface FilledProps {
  domain: Domain;
  filled: UseQueryResult<Edit | null>;
  /** Whether it is of the drawing as it is now. */
  isCurrent: boolean;
}

const SAID_MS = 800;

/** What the model makes of the drawing. */
export function Filled({ domain, filled, isCurrent }: FilledProps) {
  const edit = filled.error ? null : filled.data;
  const url = useObjectUrl(edit?.image);
  const [said] = useSettled(edit && isCurrent ? "The drawing is filled in." : "", SAID_MS);
  return (
    <section className={styles.filled} aria-label="Filled in" aria-busy={!isCurrent}>
      <Live message={said} />
      <div className={styles.picture}>
        {filled.error ? (
          <Notice
            title="The drawing was not filled in"
            error={filled.error}
            onRetry={() => void filled.refetch()}
          />
        ) : url ? (
          <img src={url} alt="The drawing, filled in" />
        ) : (
          <p>What you draw is filled in here, line by line.</p>
        )}
      </div>
      <div className={styles.foot}>
        <Button
          look="primary"
          disabled={!edit || !isCurrent}
          onClick={() => edit && save(edit.image, "drawing-filled-in.png")}
        >
          <Icon name="download" />
          Download
        </Button>
        <p>
          {edit
            ? `Filled in by ${edit.release} in ${seconds(edit.milliseconds)}`
            : releaseName(domain)}
        </p>
        <p>{framing(domain.name)}</p>
      </div>
    </section>
  );
}
