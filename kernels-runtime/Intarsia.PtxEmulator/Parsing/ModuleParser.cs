using Intarsia.PtxEmulator.Decoding;

namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Directives of a module (PTX ISA, section "Directives"). What is not understood is an error with its place, never skipped.</summary>
internal sealed class ModuleParser(string text)
{
    private readonly TokenReader _tokens = new(text);
    private readonly Scope _scope = new(null);
    private readonly List<Variable> _shared = [];
    private readonly List<PtxEntry> _entries = [];
    private string _version = "";
    private string _target = "";

    public PtxModule Parse()
    {
        while (_tokens.Current.Kind != TokenKind.End) Directive();
        if (_version.Length == 0) throw _tokens.Error(_tokens.Current, "no .version directive", "a module begins with one");
        if (_target.Length == 0) throw _tokens.Error(_tokens.Current, "no .target directive", "a module names its target");
        return new PtxModule(_version, _target, _entries);
    }

    private void Directive()
    {
        Token directive = _tokens.Expect(TokenKind.DotWord, "a directive");
        switch (directive.Text)
        {
            case "version":
                _version = _tokens.Expect(TokenKind.Number, "a version").Text;
                return;
            case "target":
                _target = _tokens.Expect(TokenKind.Word, "a target").Text;
                while (_tokens.TakeIf(",")) _tokens.Expect(TokenKind.Word, "a target option");
                return;
            case "address_size":
                Token size = _tokens.Expect(TokenKind.Number, "64");
                if (size.Text != "64") throw _tokens.Error(size, $"address size {size.Text}", "only 64-bit addresses are emulated");
                return;
            case "visible" or "weak":
                return;
            case "extern":
                if (!_tokens.TakeIfDot("shared")) throw _tokens.Error(_tokens.Current, $".extern {_tokens.Current}", "only '.extern .shared' is emulated");
                Shared();
                return;
            case "shared":
                Shared();
                return;
            case "entry":
                Entry();
                return;
            default:
                throw _tokens.Error(directive, $"{directive}", "at module scope .version, .target, .address_size, .visible, .weak, .extern .shared, .shared and .entry are understood");
        }
    }

    private void Shared()
    {
        Variable variable = VariableParser.Shared(_tokens);
        Declare(_scope, variable);
        _shared.Add(variable);
    }

    private void Declare(Scope scope, Variable variable)
    {
        if (!scope.Declare(variable)) throw _tokens.Error(_tokens.Current, $"'{variable.Name}' a second time", "a name can be declared once in a scope");
    }

    private void Entry()
    {
        Token name = _tokens.Expect(TokenKind.Word, "the name of the entry");
        if (_entries.Any(entry => entry.Name == name.Text)) throw _tokens.Error(name, $"entry '{name.Text}' a second time", "names of entries must differ");
        var scope = new Scope(_scope);
        List<PtxParameter> parameters = Parameters(scope);
        int? maxThreads = null;
        bool required = false;
        while (_tokens.Current.Kind == TokenKind.DotWord)
        {
            Token directive = _tokens.Take();
            int threads = Extents(directive);
            if (directive.Text is "maxntid" or "reqntid") maxThreads = threads;
            required |= directive.Text == "reqntid";
        }

        var body = new BodyParser(_tokens, scope);
        body.Parse();
        var layout = new SharedLayout([.. _shared, .. body.Shared]);
        KernelProgram program = new ProgramBuilder(_tokens, layout).Build(body.Instructions);
        _entries.Add(new PtxEntry(name.Text, parameters, program) { MaxThreads = maxThreads, ThreadsAreRequired = required, DeclaredRegisters = body.DeclaredRegisters });
    }

    private List<PtxParameter> Parameters(Scope scope)
    {
        var parameters = new List<PtxParameter>();
        if (!_tokens.TakeIf("(")) return parameters;
        int offset = 0;
        while (!_tokens.TakeIf(")"))
        {
            if (parameters.Count > 0) _tokens.Expect(",", "between parameters");
            if (!_tokens.TakeIfDot("param")) throw _tokens.Error(_tokens.Current, $"{_tokens.Current}", "'.param' was expected");
            PtxParameter parameter = VariableParser.Parameter(_tokens, ref offset);
            Declare(scope, new Variable(parameter.Name, StateSpace.Param, parameter.Size, parameter.Alignment) { Address = parameter.Offset });
            parameters.Add(parameter);
        }
        return parameters;
    }

    private int Extents(Token directive)
    {
        if (directive.Text is not ("maxntid" or "reqntid" or "minnctapersm" or "maxnreg" or "maxnctapersm"))
            throw _tokens.Error(directive, $"{directive}", "before the body of an entry .maxntid, .reqntid, .minnctapersm, .maxnctapersm and .maxnreg are understood");
        int product = 1;
        do product *= _tokens.ExpectInt32("an extent");
        while (_tokens.TakeIf(","));
        return product;
    }
}
