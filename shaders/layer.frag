#version 450
// One layer's colour at a pixel of the target. The place in the texture comes from the pixel's own centre and not from
// interpolated corners: every step is exact in float for whole numbers below 2^23, so a layer that is shown 1:1 is copied
// bit for bit.

layout(constant_id = 0) const bool nearest = false;

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

void main() {
  vec2 place = vec2(dot(layer.matrix.xy, gl_FragCoord.xy), dot(layer.matrix.zw, gl_FragCoord.xy)) + layer.offset;
  place = clamp(place, layer.bounds.xy, layer.bounds.zw);
  vec4 found = nearest ? texelFetch(picture, ivec2(place), 0) : textureLod(picture, place * layer.texel, 0.0);
  colour = found * layer.colour;
}
