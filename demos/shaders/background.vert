#version 460

// One triangle that covers the picture.
void main() {
  const vec2 corner = vec2(float((gl_VertexIndex & 1) * 4 - 1), float((gl_VertexIndex & 2) * 2 - 1));
  gl_Position = vec4(corner, 0.0, 1.0);
}
