#version 450
// One layer's colour at a pixel of the target. The place in the texture comes from the pixel's own centre and not from
// interpolated corners: every step is exact in float for whole numbers below 2^23, so a layer that is shown 1:1 is copied
// bit for bit.

layout(constant_id = 0) const bool nearest = false;
layout(constant_id = 1) const bool linear = false; // the target's view encodes what is written as sRGB does

layout(set = 0, binding = 0) uniform sampler2D picture;

layout(push_constant) uniform Layer {
  vec4 rect;
  vec4 matrix;  // target pixels to texels, by rows
  vec2 offset;  // texels
  vec2 texel;   // 1 / size of the texture
  vec4 bounds;  // first and last place to sample, texels: filtering never reaches beyond the source rectangle
  vec4 colour;  // what the texture's is multiplied by
} layer;

layout(location = 0) out vec4 colour; // premultiplied

float decoded(float value) {
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

// Clients multiply encoded values by alpha: that is undone before they are decoded. Where alpha is 0 nothing is seen.
vec4 in_linear_light(vec4 encoded) {
  vec3 plain = encoded.a > 0.0 ? min(encoded.rgb / encoded.a, 1.0) : vec3(0.0);
  return vec4(vec3(decoded(plain.r), decoded(plain.g), decoded(plain.b)) * encoded.a, encoded.a);
}

// What the sampler would find. It rounds to the texture's 8 bits, and the division by alpha would make more than one step of that.
vec4 between(vec2 place) {
  ivec2 last = textureSize(picture, 0) - 1;
  vec2 corner = floor(place - 0.5);
  vec2 part = place - 0.5 - corner;
  ivec2 first = clamp(ivec2(corner), ivec2(0), last), second = clamp(ivec2(corner) + 1, ivec2(0), last);
  vec4 upper = mix(texelFetch(picture, first, 0), texelFetch(picture, ivec2(second.x, first.y), 0), part.x);
  vec4 lower = mix(texelFetch(picture, ivec2(first.x, second.y), 0), texelFetch(picture, second, 0), part.x);
  return mix(upper, lower, part.y);
}

void main() {
  vec2 place = vec2(dot(layer.matrix.xy, gl_FragCoord.xy), dot(layer.matrix.zw, gl_FragCoord.xy)) + layer.offset;
  place = clamp(place, layer.bounds.xy, layer.bounds.zw);
  vec4 found = nearest  ? texelFetch(picture, ivec2(place), 0)
               : linear ? between(place)
                        : textureLod(picture, place * layer.texel, 0.0);
  colour = (linear ? in_linear_light(found) : found) * layer.colour;
}
