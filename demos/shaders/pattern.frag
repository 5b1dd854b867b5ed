#version 460

layout(push_constant) uniform Push {
  mat4 projection;
  vec2 size;
  float pixel;
  float opacity;
  uint frame;
  uint premultiply;
} push;

layout(location = 0) out vec4 colour;

uint premultiplied(uint c, uint alpha) { return (c * alpha + 127u) / 255u; }

// demos/pattern.h, word by word. What leaves here is n / 255, which an 8-bit target stores as n; the frame's number is
// written over it.
void main() {
  const uint x = uint(gl_FragCoord.x);
  const uint y = uint(gl_FragCoord.y);
  const uint u = x + 3u * push.frame;
  const uint v = y + 2u * push.frame;
  uint red = (u ^ v) & 255u;
  uint green = (u * v >> 7) & 255u;
  uint blue = (2u * x + 5u * y + 7u * push.frame + (red >> 2)) & 255u;
  uint alpha = 255u;
  if (push.premultiply != 0u) {
    alpha = 64u + (((x >> 3) + (y >> 3) + push.frame) & 127u);
    red = premultiplied(red, alpha);
    green = premultiplied(green, alpha);
    blue = premultiplied(blue, alpha);
  }
  colour = vec4(uvec4(red, green, blue, alpha)) / 255.0;
}
