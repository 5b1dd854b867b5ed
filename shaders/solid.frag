#version 450
// A layer of a single colour: there is no texture.

layout(push_constant) uniform Layer {
  vec4 rect;
  vec4 matrix;
  vec2 offset;
  vec2 texel;
  vec4 bounds;
  vec4 colour;
} layer;

layout(location = 0) out vec4 colour; // premultiplied

void main() {
  colour = layer.colour;
}
