import { useEffect, useState } from "react";
import { Button } from "./Button";
import { Live } from "./Hidden";
import { Icon } from "./Icon";

interface CopyButtonProps {
  label: string;
  text: () => string;
  icon: Parameters<typeof Icon>[0]["name"];
  look?: "plain" | "quiet";
}

const SHOWN_MS = 2500;

/** Puts a text on the clipboard and says that it did, or that the browser does not allow it. */
export function CopyButton({ label, text, icon, look = "plain" }: CopyButtonProps) {
  const [said, say] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  // Without https there is no clipboard, but on this very machine.
  const copy = () =>
    Promise.resolve(navigator.clipboard?.writeText(text()) ?? Promise.reject()).then(
      () => say("Copied"),
      () => say("The browser does not allow it"),
    );
  return (
    <>
      <Button look={look} onClick={copy}>
        <Icon name={icon} />
        {said || label}
      </Button>
      <Live message={said} />
    </>
  );
}
