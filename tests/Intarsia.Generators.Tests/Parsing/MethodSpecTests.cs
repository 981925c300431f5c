using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Parsing;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Parsing;

/// <summary>The C# declaration as the emitter gets it.</summary>
public class MethodSpecTests
{
    private const string Plain = "(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);";

    [Fact]
    public void Method_InNestedTypes_KeepsKeywordsAndModifiers()
    {
        KernelModel model = Declarations.ParseFile($$"""
            using Intarsia;
            namespace A.B.@class
            {
                public abstract partial class Outer
                {
                    internal readonly partial record struct Middle
                    {
                        protected partial interface IInner
                        {
                            [Gemm] protected internal static partial void Run{{Plain}}
                        }
                    }
                }
            }
            """.Replace("protected partial interface", "private partial interface", StringComparison.Ordinal));
        Assert.Equal("A.B.@class", model.Method!.Namespace);
        Assert.Equal([new TypeSpec("class", "", "Outer"), new TypeSpec("record struct", "readonly", "Middle"), new TypeSpec("interface", "", "IInner")], model.Method.Types);
        Assert.Equal("protected internal", model.Method.Accessibility);
        Assert.Equal("Run", model.Method.Name);
    }

    [Theory]
    [InlineData("static partial class C", "class", "static", "C")]
    [InlineData("sealed partial class C", "class", "", "C")]
    [InlineData("partial struct C", "struct", "", "C")]
    [InlineData("readonly ref partial struct C", "struct", "readonly ref", "C")]
    [InlineData("partial record C", "record", "", "C")]
    [InlineData("partial record class C", "record class", "", "C")]
    [InlineData("unsafe partial class C", "class", "unsafe", "C")]
    [InlineData("partial class @event", "class", "", "@event")]
    public void Type_OfEachKind_IsRead(string declaration, string keyword, string modifiers, string name)
    {
        KernelModel model = Declarations.ParseFile($"using Intarsia; {declaration} {{ [Gemm] static partial void F{Plain} }}", allowUnsafe: true);
        Assert.Equal(new TypeSpec(keyword, modifiers, name), Assert.Single(model.Method!.Types));
        Assert.Equal("", model.Method.Accessibility);
        Assert.Equal("", model.Method.Namespace);
    }

    [Fact]
    public void Parameters_OfEachShape_AreRead()
    {
        KernelModel model = Declarations.Parse("[Gemm] [Epilogue(Tpp.Bias)]", "@for([Operand(Role.Weights)] PackedMatrix? @in, ReadOnlyTensorSpan<Half> x, ReadOnlySpan<float> bias, TensorSpan<BFloat16> y)");
        Assert.Equal("@for", model.Method!.Name);
        Assert.Equal<ParameterSpec>(
        [
            new("@in", "global::Intarsia.PackedMatrix?", ParameterShape.Packed, "", Role.Weights),
            new("x", "global::System.Numerics.Tensors.ReadOnlyTensorSpan<global::System.Half>", ParameterShape.ReadOnlyTensorSpan, "global::System.Half", Role.X),
            new("bias", "global::System.ReadOnlySpan<float>", ParameterShape.ReadOnlySpan, "float", Role.Bias),
            new("y", "global::System.Numerics.Tensors.TensorSpan<global::Intarsia.BFloat16>", ParameterShape.TensorSpan, "global::Intarsia.BFloat16", Role.Y),
        ], model.Method.Parameters);
    }

    [Fact]
    public void HintSuffix_NamesThatDifferInCaseOnly_AreToldApart()
    {
        IEnumerable<string> suffixes = Declarations.ParseAll(Compilations.Create($$"""
            using Intarsia;
            static partial class C { [Gemm] static partial void Run{{Plain}} [Gemm] static partial void RUN{{Plain}} [Gemm] static partial void Walk{{Plain}} }
            static partial class c { [Gemm] static partial void Run{{Plain}} }
            static partial class C<T> { [Gemm] static partial void Run{{Plain}} }
            """)).Select(model => model.HintSuffix);
        Assert.Equal(["", "_2", "", "_t2", "_t3"], suffixes);
    }
}
