import { useState } from "react";
import { readKey } from "../../api/key";
import type { Domain, Format, Wanted } from "../../api/photos";
import { CopyButton } from "../../components/CopyButton";
import { Dialog } from "../../components/Dialog";
import { Segmented } from "../../components/Segmented";
import styles from "./Code.module.css";
import { curl, python } from "./commands";

interface CodeProps {
  domain: Domain;
  aligned: boolean;
  wanted: Wanted;
  format: Format;
  onClose: () => void;
}

const WRITERS = { curl, python } as const;
const OPTIONS = [
  { value: "curl" as const, label: "curl" },
  { value: "python" as const, label: "Python" },
];

/** This very edit as a command, to be made again without the page. */
export default function Code({ onClose, ...edit }: CodeProps) {
  const [language, setLanguage] = useState<keyof typeof WRITERS>("curl");
  const needsKey = readKey() !== null;
  const text = WRITERS[language]({ ...edit, origin: window.location.origin, needsKey });
  return (
    <Dialog title="This edit as code" onClose={onClose}>
      <Segmented
        legend="Language"
        quiet
        options={OPTIONS}
        value={language}
        onChange={setLanguage}
      />
      {/* It scrolls sideways, so the keyboard has to reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={styles.code} tabIndex={0} aria-label="Command">
        <pre>{text}</pre>
      </section>
      <p className={styles.hint}>
        It edits <code>photo.jpg</code> in the folder where it runs
        {language === "python" && (
          <>
            , with the client in <code>service/client</code>
          </>
        )}
        {needsKey && (
          <>
            , and reads the API key from <code>INIT_KEY</code>
          </>
        )}
        .
      </p>
      <CopyButton icon="code" label="Copy" text={() => text} />
    </Dialog>
  );
}
