import type { ReactNode } from "react";
import { type Faces, useAskAgain } from "../../api/queries";
import { Notice } from "../../components/Notice";
import { Framing } from "./Framing";
import { PickPhoto } from "./PhotoDrop";
import styles from "./Welcome.module.css";

interface WelcomeProps {
  faces: Faces;
  samples: ReactNode;
}

/** The first screen: where a photo can come from, and what this release is good at. */
export function Welcome({ faces, samples }: WelcomeProps) {
  return (
    <div className={styles.welcome}>
      <div className={styles.intro}>
        <h1>Change the look, keep the person.</h1>
        <p className={styles.lead}>
          Hair colour, a smile, glasses, age: pick what to change in a portrait, and the rest stays
          as it is.
        </p>
      </div>
      <ServiceNotice faces={faces} />
      <div className={styles.drop}>
        <p className={styles.dropTitle}>Drop a portrait here</p>
        <PickPhoto look="primary" label="Choose a photo" />
        <p className={styles.hint}>
          or paste one. JPEG, PNG or WebP; it goes to this service only.
        </p>
      </div>
      {samples}
      <Framing />
    </div>
  );
}

function ServiceNotice({ faces }: { faces: Faces }) {
  const askAgain = useAskAgain();
  if (!faces.data && faces.failureReason) {
    const { failureReason } = faces;
    return <Notice title="Nothing can be edited yet" error={failureReason} onRetry={askAgain} />;
  }
  if (!faces.data || faces.data.ready) return null;
  const reason =
    faces.data.reason ?? "The service is not ready yet; this page continues when it is.";
  return <Notice title="Nothing can be edited yet" error={new Error(reason)} />;
}
