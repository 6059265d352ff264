/** Photographs are made smaller on the telephone: quicker to send, small enough to stay over a reload, and without the
 * place and device that a camera writes into them. */
export const LONGEST_SIDE = 1600;
export const PHOTOS_MOST = 3;
const QUALITY = 0.82;

/** Width and height that fit, in the same proportions; never larger than they are. */
export function fitting(width: number, height: number, longest = LONGEST_SIDE): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** The picture as a JPEG in a data URL. Fails for what this browser cannot read. */
export async function shrunk(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = fitting(picture.width, picture.height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL("image/jpeg", QUALITY);
}

export function blobOf(dataUrl: string): Blob {
  const [head = "", body = ""] = dataUrl.split(",");
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice("data:".length).split(";")[0] });
}
