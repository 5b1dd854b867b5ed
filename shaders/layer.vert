#version 450
// A visible rectangle of one layer, as a strip of four vertices made from its corners.

layout(push_constant) uniform Layer {
  vec4 rect;    // left, top, right, bottom in clip space
  vec4 matrix;  // target pixels to texels, by rows
  vec2 offset;
  vec2 texel;
  vec4 bounds;
  vec4 colour;
} layer;

void main() {
  vec2 corner = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1);
  gl_Position = vec4(mix(layer.rect.xy, layer.rect.zw, corner), 0.0, 1.0);
}
