/** Maps drawn by the processor, on machines without a graphics card and over remote desktops: a picture takes a tenth
 * of a second and more, and a page that waited for each would lag behind the hand. */

import type { Map as MapLibre } from "maplibre-gl";

const RENDERERS = /swiftshader|llvmpipe|softpipe|software|basic render/i;
/** As MapLibre's own: a pointer that moved less has clicked. */
const CLICK_PX = 3;
const REST_MS = 150;
/** Ground that was not drawn yet comes into sight meanwhile, at most this share of the map. */
const FAR = 0.5;

interface Spot {
  x: number;
  y: number;
}

/** `canvas`: of a map, with the context that it is drawn in. */
export function isDrawnBySoftware(canvas: HTMLCanvasElement): boolean {
  const gl = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
  if (!gl) return false;
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info");
  return RENDERERS.test(String(gl.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
}

/** The page's own answer to a click or key is shown first, the map with the frame after it. */
export function drawAfterPage(map: MapLibre): void {
  const draw = map.triggerRepaint.bind(map);
  let isAsked = false;
  map.triggerRepaint = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        isAsked = false;
        draw();
      }),
    );
  };
}

/** Drags move the picture that is drawn already; it is drawn anew where the pointer rests, when it came far, and at
 * the end. Whoever disables `map.dragPan` disables this as well. */
export function panByPicture(map: MapLibre): void {
  const pan = new PicturePan(map);
  const container = map.getCanvasContainer();
  container.addEventListener("mousedown", pan.press);
  // before MapLibre, which listens on the document: it must not see a drag
  window.addEventListener("mousemove", pan.move, true);
  window.addEventListener("mouseup", pan.release, true);
  map.once("remove", () => {
    pan.stop();
    window.removeEventListener("mousemove", pan.move, true);
    window.removeEventListener("mouseup", pan.release, true);
  });
}

class PicturePan {
  /** Where the pointer was for the picture as drawn, and where it is. */
  private origin: Spot = { x: 0, y: 0 };
  private pointer: Spot = { x: 0, y: 0 };
  private hold: "none" | "pressed" | "dragged" = "none";
  private isDrawing = false;
  private resting = 0;

  constructor(private readonly map: MapLibre) {}

  press = (event: MouseEvent): void => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.shiftKey;
    if (!isPlain || this.isDrawing || !this.map.dragPan.isEnabled()) return;
    this.hold = "pressed";
    this.origin = this.pointer = spotOf(event);
  };

  move = (event: MouseEvent): void => {
    if (this.hold === "none") return;
    if ((event.buttons & 1) === 0) {
      this.release(event); // let go of outside the window
      return;
    }
    if (this.hold === "pressed" && distance(spotOf(event), this.origin) < CLICK_PX) return;
    if (this.hold === "pressed" && !this.map.dragPan.isEnabled()) {
      this.hold = "none"; // a tool took the drag
      return;
    }
    event.stopImmediatePropagation();
    this.hold = "dragged";
    this.pointer = spotOf(event);
    this.place();
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.draw(event), REST_MS);
    const { clientWidth, clientHeight } = this.map.getCanvas();
    if (distance(this.pointer, this.origin) > FAR * Math.min(clientWidth, clientHeight)) this.draw(event);
  };

  release = (event: MouseEvent): void => {
    if (this.hold === "dragged") {
      skipClick();
      this.draw(event);
    }
    this.hold = "none";
  };

  stop(): void {
    clearTimeout(this.resting);
    this.hold = "none";
  }

  private place(): void {
    const { x, y } = difference(this.pointer, this.origin);
    this.map.getCanvas().style.transform = x === 0 && y === 0 ? "" : `translate(${x}px, ${y}px)`;
  }

  /** The picture stays where it is until the one that takes its place is drawn. */
  private draw(originalEvent: MouseEvent): void {
    clearTimeout(this.resting);
    const to = this.pointer;
    const { x, y } = difference(to, this.origin);
    if (this.isDrawing || (x === 0 && y === 0)) return;
    this.isDrawing = true;
    this.map.panBy([-x, -y], { duration: 0 }, { originalEvent });
    this.map.once("render", () => {
      this.isDrawing = false;
      this.origin = to;
      this.place();
      if (this.hold === "none") this.draw(originalEvent);
    });
    this.map.triggerRepaint();
  }
}

/** The click that the browser makes of the end of a drag. */
function skipClick(): void {
  const skip = (event: MouseEvent) => event.stopPropagation();
  window.addEventListener("click", skip, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", skip, true));
}

const spotOf = (event: MouseEvent): Spot => ({ x: event.clientX, y: event.clientY });
const difference = (to: Spot, from: Spot): Spot => ({ x: to.x - from.x, y: to.y - from.y });
const distance = (one: Spot, other: Spot): number => Math.hypot(one.x - other.x, one.y - other.y);
