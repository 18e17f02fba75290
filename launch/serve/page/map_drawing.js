// Draws points with WebGL 2: one call for all of them, one for those that stand out.
//
// A program of its own, since libraries for scatter plots make theirs out of text while they run (regl's code generation), which
// the page's content security policy forbids.

const COLOURS = 64;
const NONE = 63;
const MANY = 50_000;
const VERTEX = `#version 300 es
layout(location = 0) in float x;
layout(location = 1) in float y;
layout(location = 2) in float code;
layout(location = 3) in float chosen;
uniform vec2 middle, scale;
uniform float size, only, choosing, solid, faint;
uniform vec3 colours[${COLOURS}];
out vec4 colour;
void main() {
  bool isShown = (only < 0.0 || code == only) && (choosing < 0.5 || chosen > 0.5);
  gl_Position = vec4((vec2(x, y) - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  colour = isShown ? vec4(colours[int(min(code, ${NONE}.0))], solid) : vec4(colours[${NONE}], faint);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 colour;
uniform float ring;
uniform vec3 ink;
out vec4 drawn;
void main() {
  vec2 place = gl_PointCoord * 2.0 - 1.0;
  float gap = dot(place, place);
  if (gap > 1.0) discard;
  bool isRing = ring > 0.5 && gap > 0.4;
  float alpha = isRing ? 1.0 : ring > 0.5 ? 1.0 : colour.a;
  drawn = vec4((isRing ? ink : colour.rgb) * alpha, alpha);
}`;

/** Draws the points at x and y (Float32Array, -1 to 1) on a canvas. `available` says whether the browser can. */
export class PointDrawing {
  constructor(canvas, x, y) {
    this.canvas = canvas;
    this.points = { x, y, codes: new Uint8Array(x.length), chosen: new Uint8Array(x.length) };
    this.colours = new Float32Array(3 * COLOURS);
    this.ink = [0, 0, 0];
    this.only = -1;
    this.choosing = false;
    this.marked = new Uint32Array(0);
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    this.available = this.gl !== null && this._start();
  }

  /** Makes program and buffers: also after the browser has lost them. False where it cannot. */
  _start() {
    const { gl, points } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
    gl.useProgram(program);
    this.places = Object.fromEntries(["middle", "scale", "size", "only", "choosing", "solid", "faint", "colours", "ring", "ink"]
      .map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = Object.entries(points).map(([name, values], at) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 1, values instanceof Float32Array ? gl.FLOAT : gl.UNSIGNED_BYTE, false, 0, 0);
      return [name, buffer];
    });
    this.markedBuffer = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.markedBuffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.marked, gl.DYNAMIC_DRAW);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    return true;
  }

  restore() {
    this.available = this._start();
  }

  _give(name, values) {
    this.points[name] = values;
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, Object.fromEntries(this.buffers)[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  /** Colours (rows of red, green, blue, 0 to 1) by code; the last is that of points without a code. */
  useColours(codes, colours, none, ink) {
    this.colours.fill(0);
    colours.forEach((colour, at) => this.colours.set(colour, 3 * at));
    this.colours.set(none, 3 * NONE);
    this.ink = ink;
    this._give("codes", codes);
  }

  /** Points that stand out from all others; null: none does. */
  choose(points) {
    const chosen = new Uint8Array(this.points.x.length);
    for (const at of points ?? []) chosen[at] = 1;
    this.choosing = points !== null;
    this._give("chosen", chosen);
  }

  /** Points that get a ring. */
  mark(points) {
    this.marked = Uint32Array.from(points);
    const { gl } = this;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.markedBuffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.marked, gl.DYNAMIC_DRAW);
  }

  /** Draws with the middle of the canvas at a place, and a size of points in pixels of the canvas. */
  draw({ x, y, scaleX, scaleY, size }) {
    const { gl, places } = this;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(places.middle, x, y);
    gl.uniform2f(places.scale, scaleX, scaleY);
    gl.uniform3fv(places.colours, this.colours);
    gl.uniform3fv(places.ink, this.ink);
    gl.uniform1f(places.only, this.only);
    gl.uniform1f(places.choosing, this.choosing ? 1 : 0);
    // Of many points those that lie on each other tell how dense they are.
    gl.uniform1f(places.solid, this.points.x.length > MANY ? 0.5 : 0.85);
    gl.uniform1f(places.faint, 0.12);
    gl.uniform1f(places.size, size);
    gl.uniform1f(places.ring, 0);
    gl.drawArrays(gl.POINTS, 0, this.points.x.length);
    if (!this.marked.length) return;
    gl.uniform1f(places.only, -1);
    gl.uniform1f(places.choosing, 0);
    gl.uniform1f(places.size, size * 1.6 + 8);
    gl.uniform1f(places.ring, 1);
    gl.drawElements(gl.POINTS, this.marked.length, gl.UNSIGNED_INT, 0);
  }
}
