import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import styles from "./Camera.module.css";
import { toBlob } from "./preview";
import { cameraFailure } from "./words";

interface CameraProps {
  onFile: (file: File) => void;
  onClose: () => void;
}

const WISHED = {
  audio: false,
  video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1440 } },
};
const QUALITY = 0.95;

/** Takes a photo with the camera; nothing is sent before the button is pressed, and the camera is off afterwards. */
export default function Camera({ onFile, onClose }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const { stream, error, retry } = useCamera();
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  const take = async () => {
    if (!video.current) return;
    onFile(await photograph(video.current));
    onClose();
  };
  return (
    <Dialog title="Take a photo" onClose={onClose}>
      {error ? (
        <Notice title="There is no picture" error={error} onRetry={retry} />
      ) : (
        <>
          <video
            ref={video}
            className={styles.view}
            aria-label="What the camera sees"
            autoPlay
            muted
            playsInline
            onLoadedData={() => setReady(true)}
          />
          <Button look="primary" disabled={!isReady} onClick={take}>
            <Icon name="camera" />
            Take the photo
          </Button>
        </>
      )}
    </Dialog>
  );
}

/** The camera, on as long as this is on the page. */
function useCamera() {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is no input, but a reason to ask again
  useEffect(() => {
    let opened: MediaStream | null = null;
    let isGone = false;
    setError(null);
    // Without https a browser has no cameras, but on this very machine.
    const asked = navigator.mediaDevices?.getUserMedia(WISHED) ?? Promise.reject(new Error());
    asked.then(
      (given) => {
        opened = given;
        if (isGone) stop(given);
        else setStream(given);
      },
      (cause: unknown) => setError(new Error(cameraFailure(cause))),
    );
    return () => {
      isGone = true;
      if (opened) stop(opened);
    };
  }, [round]);
  return { stream, error, retry: () => setRound(round + 1) };
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

async function photograph(video: HTMLVideoElement): Promise<File> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const blob = await toBlob(canvas, "image/jpeg", QUALITY);
  return new File([blob], "Photo from the camera.jpg", { type: blob.type });
}
