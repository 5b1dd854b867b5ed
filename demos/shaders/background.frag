#version 460

layout(push_constant) uniform Push {
  mat4 projection;
  vec2 size;       // px
  float pixel;     // size of a pixel at distance 1
  float opacity;   // of the background: 1 when the window is opaque
  uint frame;
  uint premultiply;
} push;

layout(location = 0) out vec4 colour;

void main() {
  const vec2 p = (gl_FragCoord.xy - 0.5 * push.size) / push.size.y;
  const float height = gl_FragCoord.y / push.size.y;
  const vec3 top = vec3(0.055, 0.062, 0.125);
  const vec3 bottom = vec3(0.165, 0.105, 0.190);
  const float glow = 1.0 / (1.0 + 5.0 * dot(p, p));
  vec3 c = mix(top, bottom, height) + glow * glow * vec3(0.10, 0.17, 0.26);
  // A grain of a step hides the bands of so slow a slope.
  const uint h = (uint(gl_FragCoord.x) * 0x9e3779b1u ^ uint(gl_FragCoord.y) * 0x85ebca77u) * 0x2c1b3c6du;
  c += (float(h >> 24) / 255.0 - 0.5) / 255.0;
  colour = vec4(c * push.opacity, push.opacity);
}
