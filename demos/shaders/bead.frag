#version 460

layout(push_constant) uniform Push {
  mat4 projection;
  vec2 size;
  float pixel;
  float opacity;
  uint frame;
  uint premultiply;
} push;

layout(location = 0) in vec3 position;
layout(location = 1) flat in vec4 sphere;
layout(location = 2) flat in vec4 surface;
layout(location = 3) flat in float sky;

layout(location = 0) out vec4 colour;

// The sphere is exact: the ray through the pixel is met with it, and how much of the pixel it covers smooths its rim.
void main() {
  const vec3 ray = normalize(position);
  const float along = dot(ray, sphere.xyz);
  const float radius = sphere.w;
  const float miss2 = dot(sphere.xyz, sphere.xyz) - along * along;
  const float coverage = clamp((radius - sqrt(max(miss2, 0.0))) / (along * push.pixel) + 0.5, 0.0, 1.0);
  if (coverage <= 0.0)
    discard;
  const float depth = along - sqrt(max(radius * radius - miss2, 0.0));
  const vec3 normal = normalize(ray * depth - sphere.xyz);

  const vec3 key = vec3(0.48, 0.72, 0.50);   // where the light comes from, unit vectors in view space
  const vec3 rim = vec3(-0.80, 0.10, -0.59);
  const vec3 base = surface.rgb * surface.rgb; // to linear light, nearly
  const float facing = max(-dot(ray, normal), 0.0);
  const float diffuse = max(dot(normal, key), 0.0) * surface.w;
  const vec3 mirrored = reflect(ray, normal);
  const float gleam = max(dot(mirrored, key), 0.0);
  const float gleam2 = gleam * gleam;
  const float gleam4 = gleam2 * gleam2;
  const float gleam16 = gleam4 * gleam4 * gleam4 * gleam4;
  const float edge = 1.0 - facing;
  const float fresnel = 0.04 + 0.96 * edge * edge * edge * edge * edge;
  const vec3 ambient = mix(vec3(0.16, 0.10, 0.20), vec3(0.30, 0.38, 0.52), normal.y * 0.5 + 0.5) * sky;
  const vec3 seen = mix(vec3(0.10, 0.06, 0.12), vec3(0.55, 0.70, 0.95), smoothstep(-0.3, 0.9, mirrored.y)) * sky;

  vec3 light = base * (ambient + diffuse * vec3(1.45, 1.32, 1.12));
  light += fresnel * seen;
  light += surface.w * vec3(1.0, 0.95, 0.85) * (0.9 * gleam16 * gleam16 * gleam16 + 0.10 * gleam4);
  light += base * max(dot(normal, rim), 0.0) * vec3(0.5, 0.65, 1.0) * 0.8 * sky;
  const vec3 display = sqrt(light / (1.0 + 0.35 * light)); // tone curve, and a gamma of two
  colour = vec4(min(display, 1.0) * coverage, coverage);
}
