#version 450
// One layer of video at a pixel of the target: Y, Cb and Cr are looked up, each between the four samples around the place,
// and turned into red, green and blue. Between samples it is reckoned here and not by the sampler, whose fractions have 8 bits: the matrix
// would make more than one step of 255 out of what that loses.

layout(constant_id = 1) const bool linear = false; // the target's view encodes what is written as sRGB does

layout(set = 0, binding = 0) uniform sampler2D luma;
layout(set = 0, binding = 1) uniform sampler2D blue_difference; // in r
layout(set = 0, binding = 2) uniform sampler2D red_difference;  // in r

layout(push_constant) uniform Layer {
  vec4 rect;
  vec4 matrix;  // target pixels to texels of Y, by rows
  vec2 offset;  // texels
  vec2 texel;
  vec4 bounds;  // first and last place to sample, texels of Y
  vec4 colour;  // what the texture's is multiplied by
  vec4 y;       // x: what Y is multiplied by; yzw: red, green, blue where all channels are 0
  vec4 c;       // what is multiplied: x: Cr for red, y: Cb for green, z: Cr for green, w: Cb for blue
  vec4 chroma;  // xy: texels of Y to texels of Cb and Cr; zw: what is added then
} layer;

layout(location = 0) out vec4 colour; // premultiplied

float between(sampler2D picture, vec2 place) {
  vec2 corner = floor(place - 0.5);
  vec2 part = place - 0.5 - corner;
  // In the middle of the four, so that no rounding picks others.
  vec4 four = textureGather(picture, (corner + 1.0) / vec2(textureSize(picture, 0)));
  return mix(mix(four.w, four.z, part.x), mix(four.x, four.y, part.x), part.y);
}

float decoded(float value) {
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

void main() {
  vec2 place = vec2(dot(layer.matrix.xy, gl_FragCoord.xy), dot(layer.matrix.zw, gl_FragCoord.xy)) + layer.offset;
  place = clamp(place, layer.bounds.xy, layer.bounds.zw);
  // Samples that belong to pixels outside the source rectangle alone are not read: decoders pad their pictures.
  vec2 first = floor((layer.bounds.xy - 0.5) * layer.chroma.xy) + 0.5;
  vec2 last = ceil((layer.bounds.zw + 0.5) * layer.chroma.xy) - 0.5;
  vec2 chroma_place = clamp(place * layer.chroma.xy + layer.chroma.zw, first, last);
  float y = between(luma, place) * layer.y.x;
  float cb = between(blue_difference, chroma_place);
  float cr = between(red_difference, chroma_place);
  vec3 rgb = y + layer.y.yzw + vec3(layer.c.x * cr, layer.c.y * cb + layer.c.z * cr, layer.c.w * cb);
  rgb = clamp(rgb, 0.0, 1.0);
  if (linear)
    rgb = vec3(decoded(rgb.r), decoded(rgb.g), decoded(rgb.b));
  colour = vec4(rgb, 1.0) * layer.colour;
}
