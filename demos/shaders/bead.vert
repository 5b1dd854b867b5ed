#version 460

layout(push_constant) uniform Push {
  mat4 projection;
  vec2 size;
  float pixel;
  float opacity;
  uint frame;
  uint premultiply;
} push;

layout(location = 0) in vec4 centre_radius; // in view space
layout(location = 1) in vec4 colour_light;  // how much of the key light arrives in w
layout(location = 2) in float openness;     // how much of the sky the bead sees

layout(location = 0) out vec3 position;
layout(location = 1) flat out vec4 sphere;
layout(location = 2) flat out vec4 surface;
layout(location = 3) flat out float sky;

// A square that faces the eye and just covers the sphere as the eye sees it.
void main() {
  const vec3 centre = centre_radius.xyz;
  const float radius = centre_radius.w;
  const float distance2 = dot(centre, centre);
  const float reach = radius * sqrt(distance2 / (distance2 - radius * radius)) + 1.5 * push.pixel * sqrt(distance2);
  const vec3 forward = centre * inversesqrt(distance2);
  const vec3 right = normalize(cross(forward, vec3(0.0, 1.0, 0.0)));
  const vec3 up = cross(right, forward);
  const vec2 corner = vec2(float(gl_VertexIndex & 1), float(gl_VertexIndex >> 1)) * 2.0 - 1.0;
  position = centre + reach * (corner.x * right + corner.y * up);
  sphere = centre_radius;
  surface = colour_light;
  sky = openness;
  gl_Position = push.projection * vec4(position, 1.0);
}
