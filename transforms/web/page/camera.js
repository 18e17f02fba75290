// The camera: shows what it sees, and takes photographs of it.

const REASONS = {
  NotAllowedError: "The camera was refused: allow it for this page, or choose files.",
  NotFoundError: "There is no camera here: choose files.",
  NotReadableError: "The camera is in use elsewhere, or does not answer.",
};
const QUALITY = 0.95;

export class Camera {
  constructor(video) {
    this.video = video;
    this.stream = this.starting = null;
    addEventListener("pagehide", () => this.stop());
  }

  /** @throws Error why there is no picture, in a line for the person. */
  start() {
    // One at a time: of two streams one would stay on for ever.
    this.starting ??= this.#start().finally(() => { this.starting = null; });
    return this.starting;
  }

  async #start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("Browsers give the camera to pages under https alone: choose files.");
    this.stop();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      throw new Error(REASONS[error.name] ?? `The camera gives no picture: ${error.message}`);
    }
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  /** A File of what it sees now. */
  async photograph() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.stream || !width) throw new Error("The camera gives no picture yet.");
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const content = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
    return new File([content], `camera ${new Date().toLocaleTimeString("en-GB")}.jpg`, { type: "image/jpeg" });
  }
}
