import type { ReactNode } from "react";
import { whyNotReady } from "../../api/photos";
import { type Serving, useAskAgain } from "../../api/queries";
import { Button } from "../../components/Button";
import { PickFiles } from "../../components/DropArea";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { describe } from "./changes";
import { Framing } from "./Framing";
import { TakePhoto } from "./PhotoDrop";
import { fromQuery, settingsFor } from "./settings";
import styles from "./Welcome.module.css";
import { releaseName, welcome } from "./words";

interface WelcomeProps {
  name: string;
  serving: Serving;
  samples: ReactNode;
  /** To the drawing pad, where drawings are something to begin with. */
  onDraw: (() => void) | null;
}

/** The first screen: where a photo can come from, and what this release is good at. */
export function Welcome({ name, serving, samples, onDraw }: WelcomeProps) {
  const { title, lead, drop } = welcome(name);
  return (
    <div className={styles.welcome} data-alone={!samples || undefined}>
      <div className={styles.intro}>
        <h1>{title}</h1>
        <p className={styles.lead}>{lead}</p>
      </div>
      <ServiceNotice serving={serving} />
      <Carried serving={serving} />
      <div className={styles.drop}>
        <p className={styles.dropTitle}>{drop}</p>
        <div className={styles.ways}>
          {onDraw && <DrawButton look="primary" onDraw={onDraw} />}
          <PickFiles look={onDraw ? "plain" : "primary"} label="Choose a photo" />
          <TakePhoto />
        </div>
        <p className={styles.hint}>
          or paste one. JPEG, PNG, WebP or HEIC; it goes to this service only.
        </p>
      </div>
      {samples}
      <div className={styles.notes}>
        <Framing name={name} />
        {serving.data && <p>{releaseName(serving.data)}</p>}
      </div>
    </div>
  );
}

export function DrawButton({ look, onDraw }: { look: "primary" | "quiet"; onDraw: () => void }) {
  return (
    <Button look={look} onClick={onDraw}>
      <Icon name="pen" />
      Draw
    </Button>
  );
}

/** What a shared link has set, said before there is a photo to see it on. */
function Carried({ serving: { data: domain } }: { serving: Serving }) {
  if (!domain) return null;
  const { wishes, strengths } = settingsFor(domain, fromQuery(window.location.search));
  const said = describe(wishes, domain, strengths);
  if (!said) return null;
  return (
    <p className={styles.carried}>
      This link carries an edit: <strong>{said}</strong>. Choose a photo to see it on.
    </p>
  );
}

function ServiceNotice({ serving }: { serving: Serving }) {
  const askAgain = useAskAgain();
  if (!serving.data && serving.failureReason) {
    const { failureReason } = serving;
    return <Notice title="Nothing can be edited yet" error={failureReason} onRetry={askAgain} />;
  }
  if (!serving.data || serving.data.ready) return null;
  return <Notice title="Nothing can be edited yet" error={whyNotReady([serving.data])} />;
}
