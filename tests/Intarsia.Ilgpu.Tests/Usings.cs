global using ILGPU;
global using ILGPU.Runtime;
global using ILGPU.Runtime.CPU;
global using ILGPU.Runtime.Cuda;
global using Xunit;
global using Half = System.Half;
